SELECT first_version, next_version, first_position, position FROM evgen.commands
WHERE aggregate_type = $1 AND aggregate_id = $2 AND command_id = $3
