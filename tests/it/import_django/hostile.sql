CREATE TABLE event_journal (
    id integer PRIMARY KEY, event_type, event_version integer, event_data, aggregate_id, aggregate_type, _module_name, _class_name
);
INSERT INTO event_journal (event_type, event_version, event_data, aggregate_id, aggregate_type, _module_name, _class_name) VALUES
    ('evil"' || char(10) || '  Other: {}', 1, '{"label": "' || char(92) || 'n"}', 'a', 'Todo', 'todos', 'Todo.Created'),
    ('todo_created', 1, 'no JSON' || char(10) || 'x: y', 'b', 'Todo', 'todos' || char(10) || 'x: y', 'Todo.Created'),
    ('todo_done', 7, '{"a": 1}', 'a', 'Todo', 'todos', 'Todo.Done'),
    ('evil"' || char(10) || '  Other: {}', 9, '{"label": 1}', 'c', 'Todo', 'todos', 'Todo.Created'),
    ('evil"' || char(10) || '  Other: {}', 1, x'00ff', 'c', 'Todo', 'todos', 'Todo.Created'),
    ('evil"' || char(10) || '  Other: {}', 1, '{"label": "x", "' || char(10) || 'k": 1}', 'c', 'Todo', 'todos', 'Todo.Created'),
    ('x', 1, '{}', 'c', 'make', 'todos', 'make.<locals>.Created'),
    ('x', 1, '{}', 'c', 'A}b', 'todos', 'A}b.Created');
