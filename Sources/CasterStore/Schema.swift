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
                    -- 1 while the folder or image that it produced exists
                    has_release INTEGER NOT NULL DEFAULT 0,
                    created_at INTEGER NOT NULL,
                    finished_at INTEGER
                );
                CREATE INDEX deployments_of_environment ON deployments(environment_id, id);
                CREATE INDEX pending_deployments ON deployments(environment_id, id) WHERE status = 'pending';
                CREATE INDEX deployments_with_release ON deployments(environment_id, id) WHERE has_release = 1;
                -- One environment never builds twice at once, and visitors see one deployment.
                CREATE UNIQUE INDEX deployment_in_progress ON deployments(environment_id)
                    WHERE status IN ('building', 'built', 'deploying');
                CREATE UNIQUE INDEX deployment_live ON deployments(environment_id) WHERE status = 'live';
                """)
    }
    return migrator
}()
