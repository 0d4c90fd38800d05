// Scrolls to the end in this number of steps, one per frame. Returns the duration of each frame, and of each long task
// (over 50 ms).
async (steps) => {
  const longTasks = [];
  const note = (entries) => longTasks.push(...entries.map((entry) => entry.duration));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: "longtask" });
  const frame = () => new Promise(requestAnimationFrame);
  const height = document.documentElement.scrollHeight - innerHeight;

  const frames = [];
  let before = await frame();
  for (let step = 1; step <= steps; step += 1) {
    scrollTo(0, (height * step) / steps);
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  await frame();
  note(observer.takeRecords());
  return [frames, longTasks];
}
