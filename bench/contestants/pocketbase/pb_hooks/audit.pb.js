/// <reference path="../pb_data/types.d.ts" />
// A change and its entry in one transaction, as the guide to hooks shows it.
onRecordCreate((e) => {
  const { record } = require(`${__hooks}/record.js`);
  const app = e.app;
  app.runInTransaction((transaction) => {
    e.app = transaction;
    e.record.set("version", 1);
    e.next();
    record(transaction, e.record, "CREATED", null);
  });
  e.app = app;
}, "tasks");

onRecordUpdate((e) => {
  const { action, record } = require(`${__hooks}/record.js`);
  const app = e.app;
  app.runInTransaction((transaction) => {
    e.app = transaction;
    const before = transaction.findRecordById("tasks", e.record.id);
    const kind = action(before, e.record);
    if (kind !== "UPDATED") {
      e.record.set("completed_at", e.record.getBool("is_completed") ? new DateTime() : null);
    }
    e.record.set("version", before.getInt("version") + 1);
    e.next();
    record(transaction, e.record, kind, before);
  });
  e.app = app;
}, "tasks");
