/**
 * Ready-to-paste set-up of SDKs and of plain HTTP. A DSN and a URL hold no quote, backslash or dollar, so they stand in
 * any language's text.
 */
import type { Snippet } from '../schema/api/onboarding.ts'
import { frameworkSnippets } from './framework-snippets.ts'
import { lines, type Address } from './snippet-text.ts'

export function snippetsFor(address: Address): Snippet[] {
  return [
    ...scripts(address),
    ...frameworkSnippets(address),
    ...otherScripts(address),
    ...servers(address),
    ...plainHttp(address)
  ]
}

function scripts({ dsn }: Address): Snippet[] {
  return [
    {
      platform: 'javascript-browser',
      title: 'JavaScript in browsers',
      install: 'npm install @sentry/browser',
      language: 'javascript',
      verified: true,
      code: lines(
        "import * as Sentry from '@sentry/browser'",
        '',
        'Sentry.init({',
        `  dsn: '${dsn}',`,
        "  release: 'my-app@1.0.0',",
        "  environment: 'production'",
        '})',
        '',
        '// Try it:',
        "Sentry.captureException(new Error('Hello from the browser'))"
      )
    },
    {
      platform: 'node',
      title: 'Node.js',
      install: 'npm install @sentry/node',
      language: 'javascript',
      verified: true,
      code: lines(
        '// instrument.mjs, loaded before the app: node --import ./instrument.mjs app.mjs',
        "import * as Sentry from '@sentry/node'",
        '',
        'Sentry.init({',
        `  dsn: '${dsn}',`,
        "  release: 'my-app@1.0.0',",
        "  environment: 'production'",
        '})',
        '',
        '// Try it:',
        "Sentry.captureException(new Error('Hello from Node.js'))"
      )
    },
    {
      platform: 'python',
      title: 'Python',
      install: 'pip install sentry-sdk',
      language: 'python',
      verified: true,
      code: lines(
        'import sentry_sdk',
        '',
        'sentry_sdk.init(',
        `    dsn="${dsn}",`,
        '    release="my-app@1.0.0",',
        '    environment="production",',
        ')',
        '',
        '# Try it:',
        'sentry_sdk.capture_message("Hello from Python")'
      )
    }
  ]
}

function otherScripts({ dsn }: Address): Snippet[] {
  return [
    {
      platform: 'php',
      title: 'PHP',
      install: 'composer require sentry/sentry',
      language: 'php',
      verified: false,
      code: lines(
        '<?php',
        "require 'vendor/autoload.php';",
        '',
        '\\Sentry\\init([',
        `    'dsn' => '${dsn}',`,
        "    'release' => 'my-app@1.0.0',",
        "    'environment' => 'production',",
        ']);',
        '',
        '// Try it:',
        "\\Sentry\\captureMessage('Hello from PHP');"
      )
    },
    {
      platform: 'ruby',
      title: 'Ruby',
      install: 'gem install sentry-ruby',
      language: 'ruby',
      verified: false,
      code: lines(
        "require 'sentry-ruby'",
        '',
        'Sentry.init do |config|',
        `  config.dsn = '${dsn}'`,
        "  config.release = 'my-app@1.0.0'",
        "  config.environment = 'production'",
        'end',
        '',
        '# Try it:',
        "Sentry.capture_message('Hello from Ruby')"
      )
    }
  ]
}

function servers({ dsn }: Address): Snippet[] {
  return [
    {
      platform: 'go',
      title: 'Go',
      install: 'go get github.com/getsentry/sentry-go',
      language: 'go',
      verified: true,
      code: lines(
        'package main',
        '',
        'import (',
        '\t"log"',
        '\t"time"',
        '',
        '\t"github.com/getsentry/sentry-go"',
        ')',
        '',
        'func main() {',
        '\terr := sentry.Init(sentry.ClientOptions{',
        `\t\tDsn:         "${dsn}",`,
        '\t\tRelease:     "my-app@1.0.0",',
        '\t\tEnvironment: "production",',
        '\t})',
        '\tif err != nil {',
        '\t\tlog.Fatal(err)',
        '\t}',
        '\tdefer sentry.Flush(2 * time.Second)',
        '',
        '\t// Try it:',
        '\tsentry.CaptureMessage("Hello from Go")',
        '}'
      )
    },
    {
      platform: 'java',
      title: 'Java',
      install: '',
      language: 'java',
      verified: true,
      code: lines(
        '// With io.sentry:sentry among the dependencies.',
        'import io.sentry.Sentry;',
        '',
        'public class Main {',
        '  public static void main(String[] args) {',
        '    Sentry.init(options -> {',
        `      options.setDsn("${dsn}");`,
        '      options.setRelease("my-app@1.0.0");',
        '      options.setEnvironment("production");',
        '    });',
        '    // Try it:',
        '    Sentry.captureMessage("Hello from Java");',
        '  }',
        '}'
      )
    },
    {
      platform: 'csharp',
      title: '.NET',
      install: 'dotnet add package Sentry',
      language: 'csharp',
      verified: false,
      code: lines(
        'using Sentry;',
        '',
        'using var _ = SentrySdk.Init(options =>',
        '{',
        `    options.Dsn = "${dsn}";`,
        '    options.Release = "my-app@1.0.0";',
        '    options.Environment = "production";',
        '});',
        '',
        '// Try it:',
        'SentrySdk.CaptureMessage("Hello from .NET");'
      )
    },
    {
      platform: 'rust',
      title: 'Rust',
      install: 'cargo add sentry',
      language: 'rust',
      verified: true,
      code: lines(
        // Assigned one by one: newer versions of the crate let nobody else write the options as one expression.
        'fn main() {',
        '    let mut options = sentry::ClientOptions::default();',
        '    options.release = Some("my-app@1.0.0".into());',
        '    options.environment = Some("production".into());',
        `    let _guard = sentry::init(("${dsn}", options));`,
        '    // Try it:',
        '    sentry::capture_message("Hello from Rust", sentry::Level::Info);',
        '}'
      )
    }
  ]
}

function plainHttp({ url, publicKey }: Address): Snippet[] {
  return [
    {
      platform: 'curl',
      title: 'curl, or any HTTP client',
      install: '',
      language: 'shell',
      verified: true,
      code: lines(
        `curl '${url}/api/v1/events' \\`,
        `  -H 'X-Mesher-Key: ${publicKey}' \\`,
        "  -H 'Content-Type: application/json' \\",
        '  -d \'{"message": "Hello from curl", "level": "error", ' +
          '"release": "my-app@1.0.0", "environment": "production"}\''
      )
    }
  ]
}
