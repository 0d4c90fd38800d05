\set n random(1, 2000000000)
BEGIN;
SELECT seq + 1 AS seq, hash, uuidv7() AS id FROM history_head WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' FOR UPDATE \gset
INSERT INTO tasks (workspace_id, id, title, description, is_completed, created_at, updated_at, completed_at, version, search_text)
VALUES ('01900000-0000-7000-8000-00000000ffff', :id, concat('Task ', :n::text), concat('Semi-skimmed, two litres, number ', :n::text), false, now(), now(), NULL, 1,
    concat('task ', :n::text, E'\nsemi-skimmed, two litres, number ', :n::text));
INSERT INTO task_history (workspace_id, format, seq, history_id, task_id, version, action_type, task_title, description, changes, request_id, timestamp, previous_hash, hash)
VALUES ('01900000-0000-7000-8000-00000000ffff', 1, :seq, uuidv7(), :id, 1, 'CREATED', concat('Task ', :n::text), concat('Created "Task ', :n::text, '"'),
    concat('{"completed_at":[null,null],"created_at":[null,"', now()::text, '"],"description":[null,"Semi-skimmed, two litres, number ',
        :n::text, '"],"is_completed":[null,false],"title":[null,"Task ', :n::text, '"],"updated_at":[null,"', now()::text, '"]}'),
    gen_random_uuid()::text, now(), :hash, encode(sha256(convert_to(concat(:hash::text, :n::text), 'UTF8')), 'hex'));
UPDATE history_head SET seq = :seq, hash = encode(sha256(convert_to(concat(:hash::text, :n::text), 'UTF8')), 'hex'), timestamp = now(),
    created = created + 1, living = living + 1;
COMMIT;
