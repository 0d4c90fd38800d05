UPDATE workspaces SET id = '01900000-0000-7000-8000-00000000ffff';
UPDATE history_head SET workspace_id = '01900000-0000-7000-8000-00000000ffff';

-- 2,048 tasks whose ids can be made of a number, each with its entry.
INSERT INTO tasks (workspace_id, id, title, description, is_completed, created_at, updated_at, completed_at, version, search_text)
SELECT '01900000-0000-7000-8000-00000000ffff', ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Task ' || n,
    'Semi-skimmed, two litres, number ' || n, false, now(), now(), NULL, 1,
    'task ' || n || E'\nsemi-skimmed, two litres, number ' || n
FROM generate_series(1, 2048) AS n;

INSERT INTO task_history (workspace_id, format, seq, history_id, task_id, version, action_type, task_title, description, changes, request_id,
    timestamp, previous_hash, hash)
SELECT '01900000-0000-7000-8000-00000000ffff', 1, n, uuidv7(), ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 'CREATED', 'Task ' || n,
    'Created "Task ' || n || '"', '{"title":[null,"Task ' || n || '"]}', NULL, now(), repeat('0', 64), repeat('0', 64)
FROM generate_series(1, 2048) AS n;

UPDATE history_head SET seq = 2048, hash = repeat('0', 64), timestamp = now(), created = 2048, living = 2048;
