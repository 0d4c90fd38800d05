// The time at which the page is usable: tasks and the field for a new one have been painted, and an input event would be
// handled next.
globalThis.usable = new Promise((resolve) => {
  const afterPaint = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  };
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".row[data-task]") || !document.querySelector("#new-title")) return;
    observer.disconnect();
    requestAnimationFrame(afterPaint);
  });
  observer.observe(document, { childList: true, subtree: true });
});
