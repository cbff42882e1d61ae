"""The passwords that are tried first everywhere: the most frequent of published leaks, from eight characters on."""

_LIST = """
    00000000 000000000 0000000000 0123456789 01234567 11111111 111111111 1111111111 11112222 11223344 1122334455
    12121212 123123123 123123123a 12312312 123321123 1234512345 123454321 12344321 123456789 123456789a 123456789q
    1234567890 12345678 12345678910 123456780 1234567891 12345678a 12345qwert 1234qwer 123abc123 123qweasd 123qwe123
    13131313 147258369 147852369 159357159 159753456 1a2b3c4d 1g2w3e4r 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
    1qaz2wsx3edc 1qazxsw2 20202020 21212121 22222222 23456789 31415926 33333333 44444444 55555555 66666666 69696969
    741852963 77777777 789456123 78787878 87654321 88888888 963852741 987654321 9876543210 98765432 99999999 999999999
    a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678 aaaaaaaa abc12345 abc123456 abcd1234 abcd12345 abcdefgh
    abcdefghi administrator admin123 admin1234 adminadmin alexander alexandra anderson anthony1 asasasas asdasdasd
    asdf1234 asdfasdf asdfghjk asdfghjkl asdfghjkl1 asdqwe123 babygirl babygirl1 barcelona baseball baseball1 basketball
    beautiful benjamin bismillah blink182 bubbles1 business butterfly caroline carolina catherine changeme changeme1
    changeme123 charlie1 charlotte chelsea1 chocolate christian christina christopher computer computer1 cookies1
    corvette creative danielle danielle1 december diamond1 discovery dolphins drowssap einstein electric elephant
    elizabeth estrella evolution facebook facebook1 fernando february firebird florence football football1 football123
    forever1 formula1 fyfcnfcbz gabriela garfield georgia1 godbless goodluck google123
    greenday handball hardcore hello123 hello1234 hellohello hunter123 hollywood i1234567 iloveyou iloveyou1 iloveyou12
    iloveyou123 iloveyou2 iloveyou! inuyasha internet internet1 isabella jennifer jennifer1 jessica1 jonathan jordan23
    jordan123 justin123 justinbieber k1234567 katherine kristina lacrosse lakers24 letmein1 letmein123 letmeinnow
    liverpool liverpool1 logitech london123 loveyou1 love1234 loveme123 lovelove madison1 marlboro margaret maverick
    mercedes metallica michael1 michelle michelle1 microsoft midnight minecraft monkey123 monster1 motorola mustang1
    naruto123 natalie1 nicholas nicole123 nintendo november p@ssw0rd p@ssword p@$$w0rd pa$$word pa55word pa55w0rd
    pakistan passw0rd passw0rd1 password password! password0 password01 password1 password1! password10 password11
    password12 password123 password1234 password12345 password123! password2 password3 password99 password@123
    passpass patricia peaches1 pineapple playboy1 playstation pokemon1 pokemon123 popopopo portugal power123 precious
    princesa princess princess1 princess123 purple123 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123 qazwsxedc qazxswedc
    qq123456 qqqqqqqq qwer1234 qwerasdf qwerqwer qwert123 qwerty01 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345
    qwerty123456 qwertyqwerty qwertyui qwertyuiop qwertyuiop1 qweasdzxc qweqwe123 qweqweqwe raiders1 rainbow1 rammstein
    realmadrid rebecca1 redskins research richard1 rockstar rockyou1 samantha samsung1 samsung123 sandiego santiago
    scarface scorpion scotland secret123 security september sebastian serenity shadow123 slipknot snickers snowball
    softball softball1 something spiderman spongebob starcraft starwars starwars1 stephanie steelers steelers1 summer01
    summer123 sunflower sunshine sunshine1 superman superman1 superstar sweetheart swordfish telephone temp1234
    temporary test1234 test12345 testtest tequiero thailand thunder1 tigger123 tinkerbell trustno1 trustnoone twilight
    undertaker vanessa1 valentina valentine veronica victoria victoria1 volleyball warcraft warcraft1 warriors
    wednesday welcome1 welcome12 welcome123 welcome2 westlife whatever whatever1 william1 winter123 wolfgang
    woaini1314 wordpass xxxxxxxx yankees1 yellow123 z1234567 zaq12wsx zaq1zaq1 zaq1xsw2 zxcvbnm1 zxcvbnm123 zxcvbnmm
    zxczxczxc zzzzzzzz
    correcthorsebatterystaple changemenow letmein1234 realmkit realmkit1 realmkit123
"""
MOST_COMMON = frozenset(_LIST.split())
