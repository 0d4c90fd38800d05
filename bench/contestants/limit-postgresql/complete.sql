\set task random(1, 2048)
BEGIN;
SELECT seq + 1 AS seq, hash FROM history_head WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' FOR UPDATE \gset
SELECT id, title, is_completed, updated_at, version + 1 AS version FROM tasks
WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND id = ('01900000-0000-7000-8000-' || lpad(to_hex(:task::integer), 12, '0'))::uuid \gset
UPDATE tasks SET is_completed = NOT is_completed, completed_at = CASE WHEN is_completed THEN NULL ELSE now() END,
    updated_at = now(), version = :version WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND id = :id;
INSERT INTO task_history (workspace_id, format, seq, history_id, task_id, version, action_type, task_title, description, changes, request_id, timestamp, previous_hash, hash)
VALUES ('01900000-0000-7000-8000-00000000ffff', 1, :seq, uuidv7(), :id, :version, CASE WHEN :is_completed::boolean THEN 'INCOMPLETED' ELSE 'COMPLETED' END, :title, concat('Changed "', :title::text, '"'),
    concat('{"is_completed":[', :is_completed::text, '],"updated_at":["', :updated_at::text, '","', now()::text, '"]}'),
    gen_random_uuid()::text, now(), :hash, encode(sha256(convert_to(concat(:hash::text, :seq::text), 'UTF8')), 'hex'));
UPDATE history_head SET seq = :seq, hash = encode(sha256(convert_to(concat(:hash::text, :seq::text), 'UTF8')), 'hex'), timestamp = now(),
    completed = completed + 1;
COMMIT;
