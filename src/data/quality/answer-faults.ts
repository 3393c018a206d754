// What an answer shows of itself: that it says nothing, or that it stops before its end.

const NOTHING =
  /^(?:n\/?a|n\.a\.?|null|nil|nan|undefined|todo|tbd|tba|fixme|xxx+|placeholder|no answer|no response|no output|not available|not applicable|none|test|asdf\w*|foo|bar|lorem ipsum.*|answer|response|output|(?:your|insert|enter|add|put|write)(?: \w+){0,2} (?:answer|response|output|text|completion|reply)(?: \w+)?|(?:answer|response|text|output) (?:goes )?here|to be (?:done|added|filled(?: in)?|completed|determined|written)|coming soon)$/;
const REFUSAL =
  /^(?:(?:i['’]?m|i am|we['’]?re) (?:very |so |really )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately)?[,.;:]?\s*(?:but )?(?:(?:as an? (?:ai|artificial intelligence|large language|language)\b)|i(?:['’]?m| am) (?:just |only )?an? (?:ai|artificial intelligence|language model)\b|(?:i|we) (?:can['’]?t|can ?not|am not able to|(?:a|')m unable to|am unable to|won['’]t be able to|do not feel comfortable) (?:help|assist|answer|fulfil|fulfill|comply|do that|provide that|generate|complete this|respond|discuss)|i(?:['’]m| am) unable to (?:help|assist|answer|fulfil|fulfill|comply|provide|generate|create|complete|process|respond))/;
const LONGEST_REFUSAL = 400;

/** Why an answer that is not blank says nothing, or null. */
export function emptinessOf(answer: string): string | null {
  const text = answer.trim().toLowerCase();
  if (/^[.\-–—_…?!*,;:'"`~#/\\|=+]+$/.test(text)) return 'only punctuation';
  const bare = text.replace(/^[\s[({<*_"'.`-]+|[\s\])}>*_"'.!`:-]+$/g, '').replaceAll('_', ' ');
  if (text.length <= 80 && (NOTHING.test(bare) || NOTHING.test(text))) return 'a placeholder';
  return text.length <= LONGEST_REFUSAL && REFUSAL.test(text) ? 'a refusal or stock phrase' : null;
}

const CUT_MARK =
  /(?:\[(?:\.{3}|…|truncated|cut ?off|continued|omitted)\]|<\|?(?:truncated|cut)\|?>|\((?:truncated|cut off)\))\s*$/i;
const DANGLING =
  /(?:[,([{–—]|[\p{L}]-|\s[-–—&+=]|[\s,](?:the|an?|of|and|or|but|to|with|for|from|because|which|that|their|its|your|our|is|are|was|were|as|by|if|than|into|und|der|die|das|et|le|la|les|de|y|el))$/iu;

/** Why an answer surely stops before its end, or null. */
export function cutOf(answer: string): string | null {
  const text = answer.trimEnd();
  if (CUT_MARK.test(text)) return 'a mark that says it was cut';
  if ((text.match(/^\s*```/gm) ?? []).length % 2 === 1) return 'a code fence that is not closed';
  if (/^\s*[{[]/.test(text) && isOpenJson(text)) return 'JSON that is not closed';
  if (text.split(/\s+/).length >= 4 && DANGLING.test(text)) return `ends with "${lastWord(text)}"`;
  if (/\p{L}\s*\([^()]*$/u.test(text) && /[\p{L}\d]$/u.test(text)) return 'a bracket that is not closed';
  return null;
}

/** How a text of some length ends: what most of a file's answers do, the others should do too. `null`: it is no sentence. */
export function endsLikeSentence(answer: string): boolean | null {
  const text = answer.trimEnd();
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  if (text.split(/\s+/, 6).length < 6 || text.includes('```') || /^\s*[{[<]/.test(text)) return null;
  if (/^\s*([-*•]|\d+[.)]|#|\||>)/.test(lastLine)) return null;
  if (/[\d%€$]$|https?:\S+$/.test(text)) return null;
  return !/[\p{L}\p{M},'-]$/u.test(text) || /\.['’]$/.test(text);
}

export const lastWord = (text: string) => text.trimEnd().split(/\s+/).at(-1)!.slice(-24);

function isOpenJson(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return openBrackets(text) > 0;
  }
}

/** Brackets outside of strings that are still open at the end; an open string counts as one. */
function openBrackets(text: string): number {
  if (!/^\s*(\{\s*("|$)|\[\s*(["{[\d]|$))/.test(text)) return 0;
  let [depth, isInString] = [0, false];
  for (let i = 0; i < text.length; i++) {
    if (isInString) {
      if (text[i] === '\\') i++;
      else if (text[i] === '"') isInString = false;
    } else if (text[i] === '"') isInString = true;
    else if (text[i] === '{' || text[i] === '[') depth++;
    else if (text[i] === '}' || text[i] === ']') depth--;
  }
  return depth + Number(isInString);
}
