export const browserArguments: string[];
export const softwareWebGpu: string[];
