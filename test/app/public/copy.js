// Makes copying and printing one click. Without JavaScript the buttons stay hidden: the text can be selected,
// the download works, and so does the browser's own menu.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    // A list of codes, or the one key, whose spaces are for the eye only.
    const lines = Array.from(source.children, (item) => item.textContent);
    await navigator.clipboard.writeText(lines.join('\n') || source.textContent.replaceAll(' ', ''));
    // Its text is a live region, so that it is read out.
    button.textContent = button.dataset.copied;
  });
}

for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
