// Makes copying one click. Without JavaScript the button stays hidden: the codes can be selected, and
// the download works.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const codes = Array.from(source.children, (item) => item.textContent);
    await navigator.clipboard.writeText(codes.join('\n'));
    // Its text is a live region, so that it is read out.
    button.textContent = button.dataset.copied;
  });
}
