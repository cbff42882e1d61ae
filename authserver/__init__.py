"""THE MAP: a self-hosted OAuth 2.0 / OpenID Connect authorization server, floor by floor.

Imports go down, never up; rooms of one floor are strangers (kept by import-linter).

  factory.py         the way in: create_app and the console script; loads nothing until asked
  composition.py     composition root: the only file that knows all rooms
  -- floor 4: doors
  endpoints/         for machines; one file = one member of the metadata document; no Flask inside
  api/               for programs that manage: /v1, one file or package per resource, and its description
  pages/             for people; one package = views + forms + templates of the same name
  cli/               for operators; one file per noun, and `serve/`, the server process
  -- floor 3: threshold
  wire.py            HTTP <-> protocol: reads the request once, errors -> JSON, THE ONE COMMIT, headers
  rest/              what all resources of api/ share: strict JSON, problems, who asks
  browser/           what all pages share: cookies, session -> user, CSRF, security headers
  -- floor 2: meaning
  oauth/             the protocol: grants, credentials, the mint, introspection, revocation, interaction
  health/            whether everything is in order, in words
  accounts/          people: passwords, throttling, sessions, one-time links; knows no OAuth
  -- floor 1: instruments
  keyring/           master key and signing keys; the only reader of keys/
  limits/            tiers: exact counts by account, and their headers
  audit/             what was changed, by whom
  outbox/            mail and logout tokens, which are delivered later
  usage/             who used which key when: noted in memory, written in batches
  traces/            how each request was checked, for /explain: noted in memory, written in batches
  fetch.py           the only outbound HTTP, guarded against SSRF
  -- floor 0: ground
  models/            one file per table, columns and verbs: the only SQL
  settings.py        every setting: type, default, meaning
  languages.py       the languages offered, and texts in them
  strict_json.py     JSON that names each member once
  opaque.py clock.py logs.py   random + digest + compare; now(); log lines without secrets
  resource_server/   for other people's APIs: stands alone, imports nothing of this house
"""
