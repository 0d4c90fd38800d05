SELECT id, title, description, is_completed, created_at, updated_at, completed_at, version FROM tasks WHERE workspace_id = '01900000-0000-7000-8000-00000000ffff'
ORDER BY is_completed, created_at DESC LIMIT 20;
