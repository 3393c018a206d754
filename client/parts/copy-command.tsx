import { useState } from 'preact/hooks';

/** Text with a button that copies it. Where the clipboard is refused, the text is selected instead. */
export function CopyCommand({ command }: { command: string }) {
  const [said, setSaid] = useState('Copy');
  const copy = async (event: MouseEvent) => {
    const code = (event.currentTarget as Element).previousElementSibling!;
    setSaid(await copyText(command, code));
    setTimeout(() => setSaid('Copy'), 1500);
  };
  return (
    <div class="command">
      <code>{command}</code>
      <button type="button" class="plain" onClick={copy}>
        {said}
      </button>
    </div>
  );
}

async function copyText(text: string, shown: Element): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied';
  } catch {
    window.getSelection()?.selectAllChildren(shown);
    return 'Press Ctrl+C';
  }
}
