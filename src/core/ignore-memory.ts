/** Environment variable: set to 1, a run begins even if it is estimated to need more memory than there is. */
export const IGNORE_MEMORY = 'RANKSWEEP_IGNORE_MEMORY';
