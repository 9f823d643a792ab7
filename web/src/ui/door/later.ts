/** What the door shows only once it is known, or below everything else: fetched after the first paint. */
export { default as KnownName } from './KnownName.svelte';
export { default as MicrophoneLine } from './MicrophoneLine.svelte';
export { default as NotYetOpen } from './NotYetOpen.svelte';
export { default as PasswordField } from './PasswordField.svelte';
export { default as RoleNotice } from './RoleNotice.svelte';
export { default as SignInLine } from './SignInLine.svelte';
export { default as SpeakerQuestion } from './SpeakerQuestion.svelte';
