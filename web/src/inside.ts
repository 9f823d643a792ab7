/** What is needed inside a meeting only, in one file: fetched while the visitor stands at the door (client.ts). */
export { MediaSession } from './media/media_session';
export { aboutOf } from './meeting/about';
export { cameraLeftBehind, idleSwitches, maySend } from './meeting/own';
export { begin, reduce } from './meeting/reduce';
