-- Commands carried out, where event ids cannot tell them (djangoevents' layout).
CREATE TABLE IF NOT EXISTS evgen_commands (
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    first_version  INTEGER NOT NULL,
    next_version   INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, command_id)
) STRICT, WITHOUT ROWID;
