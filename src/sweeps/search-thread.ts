/** The thread that computes suggestions and beliefs, so that the server answers others meanwhile. One question, one answer. */
import { parentPort } from 'node:worker_threads';
import { answerOf, type SearchAnswer, type SearchQuestion } from './search-question.js';

parentPort?.on('message', ({ id, question }: { id: number; question: SearchQuestion }) => {
  const answer: SearchAnswer = { id };
  try {
    answer.value = answerOf(question);
  } catch (error) {
    answer.error = error;
  }
  parentPort!.postMessage(answer);
});
