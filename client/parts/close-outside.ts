/** Calls `close` on a press outside of the anchor and on Escape. @returns what ends it */
export function closeOutside(anchor: HTMLElement, close: () => void): () => void {
  const onPointer = (event: PointerEvent) => {
    if (!anchor.contains(event.target as Node)) close();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
  };
  document.addEventListener('pointerdown', onPointer);
  document.addEventListener('keydown', onKey);
  return () => {
    document.removeEventListener('pointerdown', onPointer);
    document.removeEventListener('keydown', onKey);
  };
}
