// When the page can be used: tasks and the field for a new one are drawn, that picture is made, and what is typed would
// be the next thing to be run.
globalThis.usable = new Promise((resolve) => {
  const afterThePicture = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  };
  const observer = new MutationObserver(() => {
    if (!document.querySelector(".row[data-task]") || !document.querySelector("#new-title")) return;
    observer.disconnect();
    requestAnimationFrame(afterThePicture);
  });
  observer.observe(document, { childList: true, subtree: true });
});
