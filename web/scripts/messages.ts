import { compile } from '@inlang/paraglide-js';
import { messages } from '../messages.config.ts';

await compile(messages);
