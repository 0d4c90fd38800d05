// What came, in bytes as it was sent: the page's files that it needed to be usable, all of its files, its data.
(usable) => {
  const came = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const bytes = (entries) => entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  const files = came.filter((entry) => !entry.name.includes("/api/"));
  return [bytes(files.filter((file) => file.responseEnd <= usable)), bytes(files), bytes(came) - bytes(files)];
}
