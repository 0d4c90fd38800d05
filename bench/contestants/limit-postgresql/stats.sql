SELECT
    (SELECT count(*) FROM tasks WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND created_at >= date_trunc('week', now(), 'UTC')),
    (SELECT count(*) FROM tasks WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff' AND completed_at >= date_trunc('week', now(), 'UTC')),
    living_completed, living - living_completed, living
FROM history_head WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff';
