-- Commands carried out, where event ids cannot tell them (djangoevents' layout).
CREATE TABLE IF NOT EXISTS evgen.commands (
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    command_id     text COLLATE "C" NOT NULL,
    first_version  bigint NOT NULL,
    next_version   bigint NOT NULL,
    first_position bigint NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (aggregate_id, aggregate_type, command_id)
);
