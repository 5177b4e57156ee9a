// Copying, saving and printing, each by one click. Without JavaScript the buttons stay hidden: the text can be
// selected, and the browser's own menu prints it.
const textOf = ({ dataset: { from } }) => {
  const text = document.getElementById(from).innerText.replace(/\n+/g, '\n');
  // The spaces of a key are for the eye only.
  return from === 'key' ? text.replaceAll(' ', '') : text;
};

const actions = {
  copy: async (button) => {
    await navigator.clipboard.writeText(textOf(button));
    // The button is a live region, so this is read out.
    button.textContent = button.dataset.done;
  },
  // From memory: the address of a data: URL would stay in the browser's history, and the codes with it.
  save: (button) => {
    const href = URL.createObjectURL(new Blob([`${textOf(button)}\n`], { type: 'text/plain' }));
    Object.assign(document.createElement('a'), { href, download: button.dataset.file }).click();
  },
  print: () => print(),
};

for (const button of document.querySelectorAll('button[data-action]')) {
  const { action } = button.dataset;
  if (action === 'copy' && !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', () => actions[action](button));
}

// A second click would cancel the answer to the first, with new backup codes in it, and be refused itself.
let next = 0;
addEventListener('submit', (event) => {
  if (event.timeStamp < next) event.preventDefault();
  else next = event.timeStamp + 10_000;
});
