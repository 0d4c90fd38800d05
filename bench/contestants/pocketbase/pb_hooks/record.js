const FIELDS = ["title", "description", "is_completed", "completed_at", "updated"];

module.exports = {
  action(before, after) {
    if (before.getBool("is_completed") === after.getBool("is_completed")) return "UPDATED";
    return after.getBool("is_completed") ? "COMPLETED" : "INCOMPLETED";
  },

  record(app, task, action, before) {
    const changes = {};
    for (const field of FIELDS) {
      const old = before ? before.getString(field) : null;
      const now = task.getString(field);
      if (old !== now) changes[field] = [old, now];
    }
    app.save(new Record(app.findCachedCollectionByNameOrId("task_history"), {
      task_id: task.id,
      version: task.getInt("version"),
      action_type: action,
      task_title: task.getString("title"),
      description: `${action} "${task.getString("title")}"`,
      changes,
    }));
  },
};
