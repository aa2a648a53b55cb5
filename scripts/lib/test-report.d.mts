interface Counts {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: string[];
}

export interface VitestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export function readTestReport(report: VitestReport, hasPassed: boolean, root: string): Counts;
export function endOfRun(counts: Counts): string;
