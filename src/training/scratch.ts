/** Memory that is used again and again: what lies in it is there until the next use only. It grows to the largest of them. */
export class Scratch {
  private memory = new ArrayBuffer(0);

  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (this.memory.byteLength < length) this.memory = new ArrayBuffer(length);
    return new Uint8Array(this.memory, 0, length);
  }

  floats(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.bytes(4 * length).buffer, 0, length);
  }
}
