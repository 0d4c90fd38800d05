BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT seq FROM history_head \gset
SELECT history_id, task_id, action_type, description, timestamp, task_title, seq, version, changes FROM task_history
WHERE seq <= :seq ORDER BY seq DESC LIMIT 10;
COMMIT;
