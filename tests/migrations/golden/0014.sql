-- Rows as revision 0014 keeps them. Digests, hashes and keys are invented: nothing here opens anything.

INSERT INTO audit_events (id, at, tag, actor, user_id, client_id, address, details)
VALUES ('id-1', 1764000001, 'tag-1', 'actor-1', 'usr_golden1', 'cl_golden1', '203.0.113.7', '{"from": "golden"}');
INSERT INTO audit_events (id, at, tag, actor, user_id, client_id, address, details)
VALUES ('id-2', 1764000001, 'tag-2', NULL, 'usr_golden2', 'cl_golden2', '2001:db8::1', '{}');

INSERT INTO authorization_requests (digest, client_id, parameters, browser, created_at, expires_at, authenticated_sid, chosen_sid, decision, decided_by, decided_scope, spent_at)
VALUES ('6175061750617506175061750617506175061750617506175061750617506175', 'cl_golden1', '{"redirect_uri": "https://client.example/callback", "scope": ["openid"]}', '6175061750617506175061750617506175061750617506175061750617506175', 1764000004, 1764000005, 'authenticated_sid-1', 'chosen_sid-1', 'allow', 'usr_golden1', 'openid', 1764000011);
INSERT INTO authorization_requests (digest, client_id, parameters, browser, created_at, expires_at, authenticated_sid, chosen_sid, decision, decided_by, decided_scope, spent_at)
VALUES ('6175161751617516175161751617516175161751617516175161751617516175', 'cl_golden2', '{}', '6175161751617516175161751617516175161751617516175161751617516175', 1764000004, 1764000005, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO clients (client_id, type, name, owner_id, redirect_uris, post_logout_redirect_uris, allowed_origins, grant_types, response_types, scope, token_endpoint_auth_method, require_pkce, access_token_format, access_token_signed_response_alg, id_token_signed_response_alg, trusted, allow_scope_deselect, audience, environment, meter, details, created_at, updated_at, disabled_at)
VALUES ('cl_golden1', 'web', 'name-1', 'owner_id-1', '["https://client.example/callback"]', '["https://other.example"]', '["https://other.example"]', '["authorization_code", "refresh_token"]', '["code"]', 'openid read:realms offline_access', 'client_secret_basic', TRUE, 'jwt', 'PS256', 'RS256', TRUE, TRUE, 'https://api.example', 'live', TRUE, '{"from": "golden"}', 1764000021, 1764000022, 1764000023);
INSERT INTO clients (client_id, type, name, owner_id, redirect_uris, post_logout_redirect_uris, allowed_origins, grant_types, response_types, scope, token_endpoint_auth_method, require_pkce, access_token_format, access_token_signed_response_alg, id_token_signed_response_alg, trusted, allow_scope_deselect, audience, environment, meter, details, created_at, updated_at, disabled_at)
VALUES ('cl_golden2', 'resource_server', 'name-2', NULL, '[]', '[]', '[]', '[]', '[]', 'read:realms', 'client_secret_post', FALSE, 'opaque', NULL, 'ES256', FALSE, FALSE, NULL, 'test', FALSE, '{}', 1764000021, 1764000022, NULL);

INSERT INTO grants (id, kind, client_id, user_id, sid, scope, audience, auth_time, amr, acr, created_at, last_used_at, refresh_expires_at, revoked_at, revoked_because, key_id)
VALUES ('g_golden1', 'authorization_code', 'cl_golden1', 'usr_golden1', 'sid_golden1', 'openid read:realms offline_access', '["https://api.example"]', 1764000007, '["pwd"]', '1', 1764000010, 1764000011, 1764000012, 1764000013, 'revoked_because-1', NULL);
INSERT INTO grants (id, kind, client_id, user_id, sid, scope, audience, auth_time, amr, acr, created_at, last_used_at, refresh_expires_at, revoked_at, revoked_because, key_id)
VALUES ('g_golden2', 'client_credentials', 'cl_golden2', 'usr_golden2', NULL, 'read:realms', '[]', NULL, '["pwd", "otp"]', NULL, 1764000010, NULL, NULL, NULL, NULL, 'key_golden1');

INSERT INTO key_usage (key_id, hour, requests, refused)
VALUES ('key_golden1', 1764000000, 12, 3);
INSERT INTO key_usage (key_id, hour, requests, refused)
VALUES ('key_golden2', 1763996400, 1, 0);

INSERT INTO links (digest, purpose, user_id, details, created_at, expires_at, used_at)
VALUES ('6c6906c6906c6906c6906c6906c6906c6906c6906c6906c6906c6906c6906c69', 'purpose-1', 'usr_golden1', '{"from": "golden"}', 1764000004, 1764000005, 1764000006);
INSERT INTO links (digest, purpose, user_id, details, created_at, expires_at, used_at)
VALUES ('6c6916c6916c6916c6916c6916c6916c6916c6916c6916c6916c6916c6916c69', 'purpose-2', 'usr_golden2', '{}', 1764000004, 1764000005, NULL);

INSERT INTO outbox (id, recipient, subject, body, created_at, due_at, attempts, sent_at)
VALUES ('id-1', 'recipient-1', 'subject-1', 'body-1', 1764000004, 1764000005, 1, 1764000007);
INSERT INTO outbox (id, recipient, subject, body, created_at, due_at, attempts, sent_at)
VALUES ('id-2', 'recipient-2', 'subject-2', 'body-2', 1764000004, 1764000005, 2, NULL);

INSERT INTO revoked_jtis (jti, expires_at)
VALUES ('jti-1', 1764000001);
INSERT INTO revoked_jtis (jti, expires_at)
VALUES ('jti-2', 1764000001);

INSERT INTO scopes (name, description, reserved, position)
VALUES ('golden:read', 'description-1', TRUE, 101);
INSERT INTO scopes (name, description, reserved, position)
VALUES ('golden:admin', 'description-2', FALSE, 102);

INSERT INTO signing_keys (kid, alg, generation, public_jwk, private_jwk, created_at, activates_at, retired_at)
VALUES ('kid-1', 'ES256', 101, '{"kty": "EC", "crv": "P-256"}', CAST('sealed-1' AS BLOB), 1764000005, 1764000006, 1764000007);
INSERT INTO signing_keys (kid, alg, generation, public_jwk, private_jwk, created_at, activates_at, retired_at)
VALUES ('kid-2', 'RS256', 102, '{"kty": "RSA"}', CAST('sealed-2' AS BLOB), 1764000005, 1764000006, NULL);

INSERT INTO throttles (key, failures, resets_at)
VALUES ('key-1', 1, 1764000002);
INSERT INTO throttles (key, failures, resets_at)
VALUES ('key-2', 2, 1764000002);

INSERT INTO users (id, email, username, name, password_hash, email_verified, is_admin, tier, created_at, updated_at, disabled_at, not_before)
VALUES ('usr_golden1', 'ada@people.example', 'ada', 'Ada Lovelace', 'password_hash-1', TRUE, TRUE, 'standard', 1764000008, 1764000009, 1764000010, 1764000011);
INSERT INTO users (id, email, username, name, password_hash, email_verified, is_admin, tier, created_at, updated_at, disabled_at, not_before)
VALUES ('usr_golden2', 'bob@people.example', 'bob', 'Bob O''Neil', NULL, FALSE, FALSE, 'premium', 1764000008, 1764000009, NULL, 1764000011);

INSERT INTO access_tokens (digest, jti, grant_id, client_id, sub, scope, audience, issued_at, expires_at, revoked_at)
VALUES ('6163061630616306163061630616306163061630616306163061630616306163', 'jti-1', 'g_golden1', 'cl_golden1', 'sub-1', 'openid read:realms offline_access', '["https://api.example"]', 1764000007, 1764000008, 1764000009);
INSERT INTO access_tokens (digest, jti, grant_id, client_id, sub, scope, audience, issued_at, expires_at, revoked_at)
VALUES ('6163161631616316163161631616316163161631616316163161631616316163', 'jti-2', 'g_golden2', 'cl_golden2', 'sub-2', 'read:realms', '[]', 1764000007, 1764000008, NULL);

INSERT INTO api_keys (id, digest, user_id, name, note, hint, scope, environment, audience, ip_allow, created_at, expires_at, last_used_at, revoked_at, revoked_by, revoked_because, replaces, last_used_from, last_used_by, notified_at)
VALUES ('id-1', '6170061700617006170061700617006170061700617006170061700617006170', 'usr_golden1', 'name-1', 'note-1', 'hint-1', 'openid read:realms offline_access', 'live', '["https://api.example"]', '["203.0.113.0/24"]', 1764000010, 1764000011, 1764000012, 1764000013, 'revoked_by-1', 'revoked_because-1', 'key_golden0', '203.0.113.7', 'cl_golden2', 1764000009);
INSERT INTO api_keys (id, digest, user_id, name, note, hint, scope, environment, audience, ip_allow, created_at, expires_at, last_used_at, revoked_at, revoked_by, revoked_because, replaces, last_used_from, last_used_by, notified_at)
VALUES ('id-2', '6170161701617016170161701617016170161701617016170161701617016170', 'usr_golden2', 'name-2', 'note-2', 'hint-2', 'read:realms', 'test', '[]', '[]', 1764000010, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO authorization_codes (digest, grant_id, client_id, redirect_uri, code_challenge, nonce, created_at, expires_at, used_at)
VALUES ('6175061750617506175061750617506175061750617506175061750617506175', 'g_golden1', 'cl_golden1', 'redirect_uri-1', 'code_challenge-1', 'nonce-1', 1764000006, 1764000007, 1764000008);
INSERT INTO authorization_codes (digest, grant_id, client_id, redirect_uri, code_challenge, nonce, created_at, expires_at, used_at)
VALUES ('6175161751617516175161751617516175161751617516175161751617516175', 'g_golden2', 'cl_golden2', NULL, NULL, NULL, 1764000006, 1764000007, NULL);

INSERT INTO client_secrets (id, client_id, digest, hint, created_at, expires_at)
VALUES ('id-1', 'cl_golden1', '636c0636c0636c0636c0636c0636c0636c0636c0636c0636c0636c0636c0636c', 'hint-1', 1764000004, 1764000005);
INSERT INTO client_secrets (id, client_id, digest, hint, created_at, expires_at)
VALUES ('id-2', 'cl_golden2', '636c1636c1636c1636c1636c1636c1636c1636c1636c1636c1636c1636c1636c', 'hint-2', 1764000004, NULL);

INSERT INTO consents (user_id, client_id, scope, created_at, updated_at)
VALUES ('usr_golden1', 'cl_golden1', 'openid read:realms offline_access', 1764000003, 1764000004);
INSERT INTO consents (user_id, client_id, scope, created_at, updated_at)
VALUES ('usr_golden2', 'cl_golden2', 'read:realms', 1764000003, 1764000004);

INSERT INTO refresh_tokens (digest, grant_id, pepper_version, created_at, expires_at, used_at)
VALUES ('7265072650726507265072650726507265072650726507265072650726507265', 'g_golden1', 1, 1764000003, 1764000004, 1764000005);
INSERT INTO refresh_tokens (digest, grant_id, pepper_version, created_at, expires_at, used_at)
VALUES ('7265172651726517265172651726517265172651726517265172651726517265', 'g_golden2', 2, 1764000003, 1764000004, NULL);

INSERT INTO sessions (digest, sid, user_id, browser, auth_time, amr, acr, created_at, last_seen_at, expires_at, ended_at, address, user_agent)
VALUES ('7365073650736507365073650736507365073650736507365073650736507365', 'sid_golden1', 'usr_golden1', '7365073650736507365073650736507365073650736507365073650736507365', 1764000004, '["pwd"]', '1', 1764000007, 1764000008, 1764000009, 1764000010, '203.0.113.7', 'user_agent-1');
INSERT INTO sessions (digest, sid, user_id, browser, auth_time, amr, acr, created_at, last_seen_at, expires_at, ended_at, address, user_agent)
VALUES ('7365173651736517365173651736517365173651736517365173651736517365', 'sid_golden2', 'usr_golden2', '7365173651736517365173651736517365173651736517365173651736517365', 1764000004, '["pwd", "otp"]', '2', 1764000007, 1764000008, 1764000009, NULL, '2001:db8::1', 'user_agent-2');

INSERT INTO traces (id, at, endpoint, client_id, user_id, error, cause, checks)
VALUES ('0123456789abcdef', 1764000002, 'token', 'cl_golden1', 'usr_golden1', 'invalid_grant', 'code_expired', '{"checks": [{"name": "Code", "passed": false, "says": "Too late."}]}');
INSERT INTO traces (id, at, endpoint, client_id, user_id, error, cause, checks)
VALUES ('fedcba9876543210', 1764000003, 'authorize', NULL, NULL, NULL, NULL, '{"checks": []}');

INSERT INTO spent_ids (digest, expires_at)
VALUES ('7370307370307370307370307370307370307370307370307370307370307370', 1764000005);

INSERT INTO device_codes (digest, user_code, client_id, scope, audience, address, interval, created_at, expires_at, polled_at, decision, grant_id, used_at)
VALUES ('6465306465306465306465306465306465306465306465306465306465306465', '7563307563307563307563307563307563307563307563307563307563307563', 'cl_golden1', 'openid read:realms', '["https://api.golden.example"]', '203.0.113.7', 10, 1764000004, 1764000604, 1764000009, 'allow', 'g_golden1', 1764000010);
INSERT INTO device_codes (digest, user_code, client_id, scope, audience, address, interval, created_at, expires_at, polled_at, decision, grant_id, used_at)
VALUES ('6465316465316465316465316465316465316465316465316465316465316465', '7563317563317563317563317563317563317563317563317563317563317563', 'cl_golden2', 'read:realms', '[]', '2001:db8::1', 5, 1764000004, 1764000604, NULL, NULL, NULL, NULL);

UPDATE clients SET verified_at = 1764000006 WHERE client_id = 'cl_golden1';
UPDATE client_secrets SET last_used_at = 1764000007 WHERE id = 'id-1';
UPDATE consents SET seen = '{"name": "Golden", "redirect_uris": ["https://client.example/callback"], "scope": "openid", "until": 1764000008}' WHERE client_id = 'cl_golden1';
UPDATE grants SET withdrawn_scope = 'read:realms' WHERE id = 'g_golden1';
UPDATE authorization_requests SET decided_ttl = 86400 WHERE client_id = 'cl_golden1';
UPDATE users SET locale = 'ar' WHERE id = 'usr_golden1';
UPDATE key_usage SET limited = 2 WHERE key_id = 'key_golden1';
UPDATE client_secrets SET last_used_from = '203.0.113.7' WHERE id = 'id-1';
UPDATE grants SET cnf = 'jkt:golden', details = '{"claims": {"userinfo": {"email": null}}}' WHERE id = 'g_golden1';
UPDATE grants SET parent_id = 'g_golden1', subject_jti = 'jti-1' WHERE id = 'g_golden2';
UPDATE access_tokens SET claims = '{"cnf": {"jkt": "golden"}}' WHERE jti = 'jti-1';
UPDATE authorization_codes SET dpop_jkt = 'golden' WHERE client_id = 'cl_golden1';
UPDATE users SET profile = '{"phone_number": "+49 30 1234567"}' WHERE id = 'usr_golden1';

INSERT INTO registration_tokens (id, digest, hint, owner_id, note, uses, used, created_at, expires_at, revoked_at)
VALUES ('rt_golden1', '7274307274307274307274307274307274307274307274307274307274307274', 'hint', 'usr_golden1', 'note-1', 5, 1, 1764000004, 1764000005, 1764000006);
INSERT INTO registration_tokens (id, digest, hint, owner_id, note, uses, used, created_at, expires_at, revoked_at)
VALUES ('rt_golden2', '7274317274317274317274317274317274317274317274317274317274317274', 'hint', NULL, '', NULL, 0, 1764000004, NULL, NULL);

INSERT INTO registrations (client_id, token_digest, token_id, created_at, used_at)
VALUES ('cl_golden1', '7265307265307265307265307265307265307265307265307265307265307265', 'rt_golden1', 1764000004, 1764000005);
INSERT INTO registrations (client_id, token_digest, token_id, created_at, used_at)
VALUES ('cl_golden2', '7265317265317265317265317265317265317265317265317265317265317265', NULL, 1764000004, NULL);

INSERT INTO client_documents (client_id, fetched_at, fresh_until)
VALUES ('cl_golden1', 1764000004, 1764000304);

INSERT INTO trusted_issuers (issuer, jwks, jwks_uri, subject, scope, audience, created_at, disabled_at)
VALUES ('https://issuer.example', '{"keys": []}', NULL, 'email', 'read:realms', '["https://api.golden.example"]', 1764000004, 1764000005);
INSERT INTO trusted_issuers (issuer, jwks, jwks_uri, subject, scope, audience, created_at, disabled_at)
VALUES ('https://other.example', NULL, 'https://other.example/jwks', 'id', '', '[]', 1764000004, NULL);

INSERT INTO revocations (id, kind, name, at)
VALUES (1, 'gid', 'g_golden1', 1764000004);

INSERT INTO logouts (sid, client_id, user_id, created_at, due_at, attempts)
VALUES ('sid_golden1', 'cl_golden1', 'usr_golden1', 1764000004, 1764000005, 2);
