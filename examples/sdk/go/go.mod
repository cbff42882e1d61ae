module realmkit.com/go/realmkit

go 1.19
