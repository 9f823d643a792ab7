/** The value before if the other says the same, entry by entry: whoever compares by identity then draws nothing anew. */
export function kept<Value extends object>(before: Value | undefined, after: Value): Value {
  if (before === undefined) return after;
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length && before.every((each, at) => each === after[at]) ? before : after;
  return (Object.keys(after) as (keyof Value)[]).every((key) => before[key] === after[key]) ? before : after;
}
