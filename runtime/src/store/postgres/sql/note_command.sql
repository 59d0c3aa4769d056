INSERT INTO evgen.commands (aggregate_type, aggregate_id, command_id, first_version, next_version, first_position, position)
VALUES ($1, $2, $3, $4, $5, $6, $7)
