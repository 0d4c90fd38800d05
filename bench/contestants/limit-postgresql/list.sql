SELECT id, title, description, is_completed, created_at, updated_at, completed_at, version FROM tasks
ORDER BY is_completed, created_at DESC LIMIT 20;
