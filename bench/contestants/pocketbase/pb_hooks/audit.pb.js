/// <reference path="../pb_data/types.d.ts" />
// A change and its entry in one transaction, as the guide to hooks shows it; lean, for JavaScript is dear here.
onRecordCreate((e) => {
  const app = e.app;
  app.runInTransaction((transaction) => {
    e.app = transaction;
    e.record.set("version", 1);
    e.next();
    const title = e.record.getString("title");
    transaction.save(new Record(transaction.findCachedCollectionByNameOrId("task_history"), {
      task_id: e.record.id,
      version: 1,
      action_type: "CREATED",
      task_title: title,
      description: `Created "${title}"`,
      changes: { new: e.record.publicExport() },
    }));
  });
  e.app = app;
}, "tasks");

onRecordUpdate((e) => {
  const app = e.app;
  app.runInTransaction((transaction) => {
    e.app = transaction;
    const before = transaction.findRecordById("tasks", e.record.id);
    const version = before.getInt("version") + 1;
    const completed = e.record.getBool("is_completed");
    let action = "UPDATED";
    if (completed !== before.getBool("is_completed")) {
      action = completed ? "COMPLETED" : "INCOMPLETED";
      e.record.set("completed_at", completed ? new DateTime() : null);
    }
    e.record.set("version", version);
    e.next();
    const title = e.record.getString("title");
    transaction.save(new Record(transaction.findCachedCollectionByNameOrId("task_history"), {
      task_id: e.record.id,
      version,
      action_type: action,
      task_title: title,
      description: `${action} "${title}"`,
      changes: { old: before.publicExport(), new: e.record.publicExport() },
    }));
  });
  e.app = app;
}, "tasks");
