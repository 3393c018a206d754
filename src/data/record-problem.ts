/** What is wrong with a record; `field` is the key, or '' for the whole line. */
export interface RecordProblem {
  field: string;
  message: string;
}
