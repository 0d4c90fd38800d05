/// <reference path="../pb_data/types.d.ts" />
migrate((app) => {
  const open = { listRule: "", viewRule: "" };
  app.save(new Collection({
    type: "base",
    name: "tasks",
    ...open,
    createRule: "",
    updateRule: "",
    fields: [
      { name: "title", type: "text", required: true, max: 255 },
      { name: "description", type: "text", max: 5000 },
      { name: "is_completed", type: "bool" },
      { name: "completed_at", type: "date" },
      { name: "version", type: "number" },
      { name: "created", type: "autodate", onCreate: true },
      { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
    ],
    indexes: [
      "CREATE INDEX task_order ON tasks (is_completed, created DESC)",
      "CREATE INDEX task_created ON tasks (created)",
      "CREATE INDEX task_completed ON tasks (completed_at)",
    ],
  }));
  app.save(new Collection({
    type: "base",
    name: "task_history",
    ...open,
    fields: [
      { name: "task_id", type: "text", required: true },
      { name: "version", type: "number" },
      { name: "action_type", type: "text", required: true },
      { name: "task_title", type: "text" },
      { name: "description", type: "text" },
      { name: "changes", type: "json" },
      { name: "timestamp", type: "autodate", onCreate: true },
    ],
    indexes: [
      "CREATE UNIQUE INDEX entry_version ON task_history (task_id, version)",
      "CREATE INDEX entry_action ON task_history (action_type, timestamp DESC)",
      "CREATE INDEX entry_timestamp ON task_history (timestamp DESC)",
    ],
  }));
  const monday = "strftime('%Y-%m-%d 00:00:00.000Z', 'now', '-6 days', 'weekday 1')";
  app.save(new Collection({
    type: "view",
    name: "weekly_stats",
    ...open,
    viewQuery: `SELECT 'week' AS id,
      (SELECT count(*) FROM tasks WHERE created >= ${monday}) AS tasks_created_this_week,
      (SELECT count(*) FROM tasks WHERE completed_at >= ${monday}) AS tasks_completed_this_week,
      (SELECT count(*) FROM tasks WHERE is_completed) AS total_completed,
      (SELECT count(*) FROM tasks WHERE NOT is_completed) AS total_incomplete,
      (SELECT count(*) FROM tasks) AS total_tasks`,
  }));
}, () => {});
