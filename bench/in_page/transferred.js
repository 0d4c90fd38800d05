// Transferred bytes: of the files that were loaded until the page was usable, of all files, and of data.
(usable) => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const transferred = all.filter((entry) => entry.transferSize > 0); // 0: from the cache
  const bytes = (entries) => entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  const files = transferred.filter((entry) => !entry.name.includes("/api/"));
  return [bytes(files.filter((file) => file.responseEnd <= usable)), bytes(files), bytes(transferred) - bytes(files)];
}
