// Packages that ship no declarations; only what this folder uses is declared.

declare module 'linebreak' {
  interface Break {
    readonly position: number;
    readonly required: boolean;
  }
  class LineBreaker {
    constructor(text: string);
    nextBreak(): Break | null;
  }
  export default LineBreaker;
}

declare module 'subset-font' {
  interface SubsetOptions {
    readonly targetFormat: 'truetype';
    readonly keepAllGlyphs: true;
    readonly variationAxes: Readonly<Record<string, number>>;
  }
  function subsetFont(font: Uint8Array, text: undefined, options: SubsetOptions): Promise<Uint8Array>;
  export default subsetFont;
}
