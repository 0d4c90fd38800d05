\set n random(1, 2000000000)
\set task random(1, 2048)
BEGIN;
SELECT seq + 1 AS seq, hash FROM history_head WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' FOR UPDATE \gset
SELECT id, title, description, is_completed, created_at, updated_at, completed_at, version + 1 AS version FROM tasks
WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND id = ('01900000-0000-7000-8000-' || lpad(to_hex(:task::integer), 12, '0'))::uuid \gset
UPDATE tasks SET title = concat('Edited ', :n::text), updated_at = now(), version = :version,
    search_text = concat('edited ', :n::text, E'\n', lower(:description::text)) WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND id = :id;
INSERT INTO task_history (workspace_id, format, seq, history_id, task_id, version, action_type, task_title, description, changes, request_id, timestamp, previous_hash, hash)
VALUES ('01900000-0000-7000-8000-00000000ffff', 1, :seq, uuidv7(), :id, :version, 'UPDATED', concat('Edited ', :n::text), concat('Changed the title from "', :title::text, '" to "Edited ', :n::text, '"'),
    concat('{"title":["', :title::text, '","Edited ', :n::text, '"],"updated_at":["', :updated_at::text, '","', now()::text, '"]}'),
    gen_random_uuid()::text, now(), :hash, encode(sha256(convert_to(concat(:hash::text, :n::text), 'UTF8')), 'hex'));
UPDATE history_head SET seq = :seq, hash = encode(sha256(convert_to(concat(:hash::text, :n::text), 'UTF8')), 'hex'), timestamp = now(),
    updated = updated + 1;
COMMIT;
