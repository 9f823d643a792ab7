/** User agents about which there is something to say. All that the door carries of it: the words are fetched then. */
export const SPECIAL = /Zalo|FBA[NV]|FB_IAB|Instagram|AppleWebKit(?!.*Chrom(e|ium)\/)/i;
