-- Which changes of the tables were made. `works_with`: the oldest version whose builds still work beside it.
CREATE TABLE evgen.migrations (
    version    integer PRIMARY KEY,
    works_with integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
