export const browserArguments: string[];
export const softwareWebGpu: string[];
export const paintedByProcessor: string[];
