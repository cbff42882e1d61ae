// The whole life of a realm. REALMKIT_API_KEY=... node example.mjs

import { PermissionDeniedError, RealmKit, RealmKitError } from "./realmkit.js";

const client = new RealmKit();
try {
  const realm = await client.realms.create({ name: "Winter", content: "snow\n" });
  const listed = [];
  for await (const each of client.realms.iterate({ limit: 1 })) listed.push(each.id);
  const renamed = await client.realms.update(realm.id, { name: "Late winter" });
  const report = {
    listed: listed.includes(realm.id),
    name: (await client.realms.get(realm.id)).name,
    size: renamed.size,
    content: await client.realms.download(realm.id),
    stats: (await client.stats()).realms === listed.length,
    bio: (await client.profile.update({ bio: "Likes snow." })).bio,
    username: (await client.profile.get()).username,
  };
  await client.realms.delete(realm.id);
  report.left = (await client.realms.list({ limit: 100 })).items.some((each) => each.id === realm.id);
  console.log(JSON.stringify(report));
} catch (error) {
  if (!(error instanceof RealmKitError)) throw error;
  const missing = error instanceof PermissionDeniedError ? `missing ${error.missingScopes.join(" ")}` : error.message;
  console.error(`${error.name}: ${missing}`);
  process.exitCode = 1;
}
