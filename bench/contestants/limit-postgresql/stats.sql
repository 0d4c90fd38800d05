SELECT
    (SELECT count(*) FROM tasks WHERE created_at >= date_trunc('week', now(), 'UTC')),
    (SELECT count(*) FROM tasks WHERE completed_at >= date_trunc('week', now(), 'UTC')),
    living_completed, living - living_completed, living
FROM history_head;
