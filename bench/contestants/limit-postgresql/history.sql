BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT seq FROM history_head WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' \gset
SELECT history_id, task_id, action_type, description, timestamp, task_title, seq, version, changes FROM task_history
WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND seq <= :seq ORDER BY seq DESC LIMIT 10;
COMMIT;
