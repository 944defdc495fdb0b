import GRDB

/// Migrations, oldest first. One that has landed never changes; times are milliseconds since 1970.
let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("accounts, sites, deployments") { db in
        try db.execute(
            sql: """
                CREATE TABLE users (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    email TEXT NOT NULL UNIQUE,
                    password_hash TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                );
                CREATE TABLE api_keys (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    key_prefix TEXT NOT NULL,
                    key_hash BLOB NOT NULL UNIQUE,
                    created_at INTEGER NOT NULL
                );
                CREATE INDEX api_keys_of_user ON api_keys(user_id);
                CREATE TABLE ssh_keys (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    public_key TEXT NOT NULL,
                    fingerprint TEXT NOT NULL UNIQUE,
                    created_at INTEGER NOT NULL
                );
                CREATE INDEX ssh_keys_of_user ON ssh_keys(user_id);
                CREATE TABLE sites (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    site_id TEXT NOT NULL UNIQUE,
                    short_id TEXT NOT NULL UNIQUE,
                    user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
                    name TEXT UNIQUE,
                    created_at INTEGER NOT NULL
                );
                CREATE INDEX sites_of_user ON sites(user_id);
                CREATE TABLE environments (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    site_id INTEGER NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    container_state TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    UNIQUE (site_id, name)
                );
                CREATE TABLE deployments (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    environment_id INTEGER NOT NULL REFERENCES environments(id) ON DELETE CASCADE,
                    commit_sha TEXT NOT NULL,
                    tree_sha TEXT NOT NULL,
                    source TEXT NOT NULL,
                    status TEXT NOT NULL,
                    superseded_by INTEGER,
                    image_tag TEXT NOT NULL,
                    container_port INTEGER NOT NULL,
                    -- the deployment that made the release which this one shows; null while there is none
                    release_id INTEGER,
                    created_at INTEGER NOT NULL,
                    finished_at INTEGER
                );
                CREATE INDEX deployments_of_environment ON deployments(environment_id, id);
                CREATE INDEX pending_deployments ON deployments(environment_id, id) WHERE status = 'pending';
                CREATE INDEX deployments_with_release ON deployments(environment_id, id, release_id)
                    WHERE release_id IS NOT NULL;
                CREATE INDEX deployments_of_release ON deployments(release_id) WHERE release_id IS NOT NULL;
                -- One environment never builds twice at once, and visitors see one deployment.
                CREATE UNIQUE INDEX deployment_in_progress ON deployments(environment_id)
                    WHERE status IN ('building', 'built', 'deploying');
                CREATE UNIQUE INDEX deployment_live ON deployments(environment_id) WHERE status = 'live';
                """)
    }
    migrator.registerMigration("anonymous sites, claims, freed names, rate limits, idempotency") { db in
        try db.execute(
            sql: """
                ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
                -- A site that nobody owns goes away at this time.
                ALTER TABLE sites ADD COLUMN expires_at INTEGER;
                -- 1 once its deletion has begun: it does not exist any more for anybody, and what is left of it goes.
                ALTER TABLE sites ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX expiring_sites ON sites(expires_at) WHERE expires_at IS NOT NULL;
                CREATE INDEX deleted_sites ON sites(id) WHERE is_deleted = 1;
                -- One per anonymous site; remembered after the site is claimed or gone.
                CREATE TABLE claims (
                    token_hash BLOB PRIMARY KEY,
                    site_id INTEGER NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'expired')),
                    expires_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                CREATE INDEX claims_of_site ON claims(site_id);
                -- Names that a site gave up, and who may have them back at once.
                CREATE TABLE freed_names (
                    name TEXT PRIMARY KEY,
                    user_id INTEGER,
                    freed_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                -- Events that are counted against a limit within a window, such as failed logins from an address.
                CREATE TABLE rate_events (
                    subject TEXT NOT NULL,
                    at INTEGER NOT NULL
                );
                CREATE INDEX rate_events_of_subject ON rate_events(subject, at);
                -- What a request with an Idempotency-Key was answered; null while it is under way. The answer is sealed
                -- with a key made of the client's, which is not stored.
                CREATE TABLE idempotent_answers (
                    key_hash BLOB PRIMARY KEY,
                    request_hash BLOB NOT NULL,
                    answer BLOB,
                    created_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                """)
    }
    migrator.registerMigration("idempotent requests that took effect") { db in
        try db.execute(
            sql: """
                -- 1 from the transaction on by which the request took effect.
                ALTER TABLE idempotent_answers ADD COLUMN is_carried_out INTEGER NOT NULL DEFAULT 0;
                """)
    }
    migrator.registerMigration("browser sessions") { db in
        try db.execute(
            sql: """
                CREATE TABLE browser_sessions (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
                    token_hash BLOB NOT NULL UNIQUE,
                    client TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    seen_at INTEGER NOT NULL,
                    expires_at INTEGER NOT NULL
                );
                CREATE INDEX browser_sessions_of_user ON browser_sessions(user_id, id);
                CREATE INDEX browser_sessions_by_expiry ON browser_sessions(expires_at);
                """)
    }
    migrator.registerMigration("containers") { db in
        try db.execute(
            sql: """
                -- of the release, where it is a container's; null for static files
                ALTER TABLE deployments ADD COLUMN image TEXT;
                -- One row: what tells this platform's containers from those of others on the same engine.
                CREATE TABLE platform (id TEXT NOT NULL);
                INSERT INTO platform (id) VALUES (lower(hex(randomblob(8))));
                """)
    }
    migrator.registerMigration("OAuth clients, codes and tokens") { db in
        try db.execute(
            sql: """
                -- The OAuth client that a key stands for: nobody has its plaintext, its tokens open the MCP server. Null
                -- for a key that a person made.
                ALTER TABLE api_keys ADD COLUMN client_id TEXT;
                -- Clients that registered themselves (RFC 7591).
                CREATE TABLE oauth_clients (
                    client_id TEXT PRIMARY KEY,
                    name TEXT NOT NULL,
                    redirect_uris TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                -- Authorization codes. One that was redeemed names what came of it, and is kept until it expires.
                CREATE TABLE oauth_codes (
                    code_hash BLOB PRIMARY KEY,
                    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
                    client_id TEXT NOT NULL,
                    client_name TEXT NOT NULL,
                    redirect_uri TEXT NOT NULL,
                    challenge BLOB NOT NULL,
                    key_id INTEGER,
                    expires_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                CREATE TABLE oauth_tokens (
                    token_hash BLOB PRIMARY KEY,
                    key_id INTEGER NOT NULL REFERENCES api_keys(id) ON DELETE CASCADE,
                    kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
                    -- 1 once a refresh token was exchanged for the next
                    is_used INTEGER NOT NULL DEFAULT 0,
                    expires_at INTEGER NOT NULL
                ) WITHOUT ROWID;
                CREATE INDEX oauth_tokens_of_key ON oauth_tokens(key_id);
                """)
    }
    migrator.registerMigration("when SSH keys were used") { db in
        try db.execute(sql: "ALTER TABLE ssh_keys ADD COLUMN last_used_at INTEGER")
    }
    migrator.registerMigration("traffic") { db in
        try db.execute(
            sql: """
                -- Visitors' requests, by site and stretch of time: `step` is its length and `start` its beginning.
                CREATE TABLE traffic (
                    site_id INTEGER NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
                    step INTEGER NOT NULL,
                    start INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    -- by the first digit of the answer's status
                    status_1 INTEGER NOT NULL,
                    status_2 INTEGER NOT NULL,
                    status_3 INTEGER NOT NULL,
                    status_4 INTEGER NOT NULL,
                    status_5 INTEGER NOT NULL,
                    PRIMARY KEY (site_id, step, start)
                ) WITHOUT ROWID;
                CREATE INDEX traffic_by_age ON traffic(step, start);
                -- Those that took longest, at most so many for a stretch of time; times in milliseconds.
                CREATE TABLE traffic_paths (
                    site_id INTEGER NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
                    step INTEGER NOT NULL,
                    start INTEGER NOT NULL,
                    path TEXT NOT NULL,
                    requests INTEGER NOT NULL,
                    time INTEGER NOT NULL,
                    longest INTEGER NOT NULL,
                    PRIMARY KEY (site_id, step, start, path)
                ) WITHOUT ROWID;
                CREATE INDEX traffic_paths_by_age ON traffic_paths(step, start);
                -- How far each file of the edge's log is counted.
                CREATE TABLE traffic_files (
                    name TEXT PRIMARY KEY,
                    bytes INTEGER NOT NULL
                ) WITHOUT ROWID;
                """)
    }
    migrator.registerMigration("DNS records, custom domains, certificates") { db in
        try db.execute(
            sql: """
                -- One for each name of a site below the sites' domain; written with the site's change, and made true by
                -- the worker.
                CREATE TABLE dns_records (
                    label TEXT PRIMARY KEY,
                    -- the short ID of the site that has or had it
                    site TEXT NOT NULL,
                    is_wanted INTEGER NOT NULL,
                    -- counts the changes, so that what was begun before one does not end after it
                    version INTEGER NOT NULL DEFAULT 1,
                    -- 1 from the moment on at which the zone may have something of it
                    is_touched INTEGER NOT NULL DEFAULT 0,
                    -- what the zone has; null for nothing, or nobody knows
                    published TEXT,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    -- null where there is nothing to do
                    due_at INTEGER,
                    problem TEXT
                ) WITHOUT ROWID;
                CREATE INDEX due_dns_records ON dns_records(due_at) WHERE due_at IS NOT NULL;
                CREATE INDEX dns_problems ON dns_records(site) WHERE problem IS NOT NULL;
                INSERT INTO dns_records (label, site, is_wanted, due_at)
                    SELECT short_id, short_id, 1, 0 FROM sites WHERE is_deleted = 0
                    UNION ALL SELECT name, short_id, 1, 0 FROM sites WHERE is_deleted = 0 AND name IS NOT NULL;
                CREATE TABLE domains (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    site_id INTEGER NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
                    domain TEXT NOT NULL,
                    token TEXT NOT NULL,
                    status TEXT NOT NULL
                        CHECK (status IN ('waiting for DNS', 'waiting for certificate', 'live', 'failed')),
                    reason TEXT,
                    is_primary INTEGER NOT NULL DEFAULT 0,
                    is_verified INTEGER NOT NULL DEFAULT 0,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    -- of the next check; null where there is none
                    due_at INTEGER,
                    created_at INTEGER NOT NULL,
                    UNIQUE (site_id, domain)
                );
                -- A domain belongs to one site.
                CREATE UNIQUE INDEX verified_domains ON domains(domain) WHERE is_verified = 1;
                CREATE UNIQUE INDEX primary_domains ON domains(site_id) WHERE is_primary = 1;
                CREATE INDEX due_domains ON domains(due_at) WHERE due_at IS NOT NULL;
                -- What the certificate authority issued, or is asked for: by host, or *.<domain>.
                CREATE TABLE certificates (
                    name TEXT PRIMARY KEY,
                    -- both null until there is one
                    issued_at INTEGER,
                    expires_at INTEGER,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    -- of the next order
                    due_at INTEGER NOT NULL,
                    problem TEXT
                ) WITHOUT ROWID;
                """)
    }
    migrator.registerMigration("certificates that wait for a limit") { db in
        // 1 if nobody's wish brings the next order forward.
        try db.execute(sql: "ALTER TABLE certificates ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0")
    }
    return migrator
}()
