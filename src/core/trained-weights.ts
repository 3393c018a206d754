/** Whether a file of a run holds weights that the run has trained, by its name. Under model/ and datasets/ lies what it read. */
export function holdsTrainedWeights(name: string): boolean {
  return name.endsWith('.safetensors') && !/^(model|datasets)\//.test(name);
}
